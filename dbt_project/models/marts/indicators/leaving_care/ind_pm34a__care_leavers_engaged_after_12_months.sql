{{ care_leaver_records('PM34A', 12) }}
