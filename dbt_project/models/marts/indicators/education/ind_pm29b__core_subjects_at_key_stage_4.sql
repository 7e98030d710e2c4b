{{ education_records('PM29B') }}
