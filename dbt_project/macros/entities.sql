{#-
  The facts about children that both systems hold: the plural used in model names, and each system's entity with its key
  and its child. An entity is added here and in the contracts; the legacy links and child references follow by themselves.
-#}
{% macro fact_entities() -%}
    {{ return([
        {'plural': 'contacts', 'raise': ['contact', 'contact_no'], 'wccis': ['contact', 'contactid']},
        {'plural': 'assessments', 'raise': ['assessment', 'assessment_no'], 'wccis': ['caseform', 'caseformid']},
        {'plural': 'plans', 'raise': ['plan', 'plan_no'], 'wccis': ['careplan', 'careplanid']},
        {'plural': 'reviews', 'raise': ['review', 'review_no'], 'wccis': ['review', 'reviewid']},
        {'plural': 'section_47s', 'raise': ['s47', 's47_no'], 'wccis': ['section47', 'section47id']},
        {'plural': 'registrations', 'raise': ['cp_registration', 'registration_no'],
         'wccis': ['childprotection', 'childprotectionid']},
        {'plural': 'care_episodes', 'raise': ['lac_episode', 'episode_no'], 'wccis': ['lacepisode', 'lacepisodeid']},
        {'plural': 'health_events', 'raise': ['lac_health', 'health_no'], 'wccis': ['lachealth', 'lachealthid']},
        {'plural': 'school_moves', 'raise': ['school_move', 'move_no'], 'wccis': ['schoolmove', 'schoolmoveid']},
        {'plural': 'education_results', 'raise': ['education_result', 'result_no'],
         'wccis': ['educationresult', 'educationresultid']},
        {'plural': 'missing_episodes', 'raise': ['missing', 'missing_no'],
         'wccis': ['missingepisode', 'missingepisodeid']},
        {'plural': 'care_leaver_checks', 'raise': ['care_leaver_check', 'check_no'],
         'wccis': ['careleavercheck', 'careleavercheckid']},
        {'plural': 'homeless_spells', 'raise': ['homeless_spell', 'spell_no'],
         'wccis': ['homelessspell', 'homelessspellid']},
        {'plural': 'prevention_services', 'raise': ['prevention', 'service_no'],
         'wccis': ['prevention', 'preventionid']},
    ]) }}
{%- endmacro %}


{#- A fact without a child's number is about a child of its own (deliveries.md section 7, Unlinked). -#}
{% macro child_of_its_own(plural, canonical_record_id) -%}
    '{{ plural }}:' || {{ canonical_record_id }}
{%- endmacro %}
