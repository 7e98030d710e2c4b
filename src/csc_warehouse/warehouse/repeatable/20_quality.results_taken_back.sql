create or replace view quality.results_taken_back as
select r.check_result_id
from quality.check_results as r
inner join landing.deliveries as d on d.delivery_id = r.delivery_id
where r.gate = 'door' and d.status = 'withdrawn'
union all
select r.check_result_id
from quality.check_results as r
inner join landing.days_taken_back as t on t.authority_code = r.authority_code and t.business_date = r.as_at_date
where r.gate <> 'door';
comment on view quality.results_taken_back is
    'One row per result of a delivery that was withdrawn, or of figures as at a day whose delivery was: no latest word.';
comment on column quality.results_taken_back.check_result_id is 'Number of the result.';
