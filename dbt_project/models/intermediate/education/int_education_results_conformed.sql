{{ conform('education_results', columns=['academic_year', 'key_stage_code', 'csi_code']) }}
