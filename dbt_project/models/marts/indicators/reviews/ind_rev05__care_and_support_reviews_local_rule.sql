{{ review_records('REV05', ['CASP_LOCAL']) }}
