{{ review_records('REV02', ['CASP']) }}
