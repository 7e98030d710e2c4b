{{ interview_offer_records('MIS04', "interview_offered_code = 'Y' and interview_accepted_code = 'N'") }}
