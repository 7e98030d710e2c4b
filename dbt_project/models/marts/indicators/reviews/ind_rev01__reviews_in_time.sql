{{ review_records('REV01', ['CASP', 'LAC', 'CP']) }}
