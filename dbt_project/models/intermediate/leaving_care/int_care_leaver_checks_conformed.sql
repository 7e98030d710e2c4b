{{ conform('care_leaver_checks', columns=['left_care_date', 'months', 'check_date', 'education_employment_code']) }}
