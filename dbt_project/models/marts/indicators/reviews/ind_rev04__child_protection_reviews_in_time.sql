{{ review_records('REV04', ['CP']) }}
