{#-
  A record's pseudonym: the same in every build, and not to be had from a guessed number without the salt.
  Joins restricted.authority_keys as salts (salt_join) and hashes entity and canonical id.
-#}
{% macro salt_join(authority_code) -%}
    inner join {{ source('keys', 'authority_keys') }} as salts on salts.authority_code = {{ authority_code }}
{%- endmacro %}


{% macro record_key(entity, canonical_record_id, record_salt='salts.record_salt') -%}
    left(encode(sha256(convert_to({{ record_salt }} || '|{{ entity }}|' || {{ canonical_record_id }}, 'UTF8')), 'hex'), 32)
{%- endmacro %}


{#-
  The family that a fact counts for: the fact's own family, else the child's, else the child alone
  (deliveries.md section 7, Other). The arguments are canonical family ids and a child key; salts must be joined.
-#}
{% macro family_key(child_key, child_family_id, own_family_id='null::text') -%}
    case
        when coalesce({{ own_family_id }}, {{ child_family_id }}) is null then {{ child_key }}
        else {{ record_key('families', 'coalesce(' ~ own_family_id ~ ', ' ~ child_family_id ~ ')') }}
    end
{%- endmacro %}
