{{ care_leaver_records('PM34B', 24) }}
