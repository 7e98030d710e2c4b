{{ education_records('PM29A') }}
