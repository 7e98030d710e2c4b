{{ review_records('REV03', ['LAC']) }}
