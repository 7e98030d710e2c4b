{{ interview_offer_records('MIS03', "interview_offered_code = 'Y'") }}
