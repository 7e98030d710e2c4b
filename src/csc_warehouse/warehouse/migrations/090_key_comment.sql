comment on column landing.pseudonym_key.is_in_force is 'Always true: it holds the table to one row, the key that is in force.';
