select
    grades.indicator_code,
    grades.grade,
    grades.caveat
from quality.indicator_grades as grades
where grades.release_id = :release_id and grades.authority_code = :authority_code
order by grades.indicator_code
