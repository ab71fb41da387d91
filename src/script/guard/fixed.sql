(values ('array_nulls', 'on'), ('backslash_quote', 'safe_encoding'), ('bytea_output', 'hex'), ('check_function_bodies', 'on'),
             ('datestyle', 'ISO, MDY'), ('default_transaction_deferrable', 'off'), ('extra_float_digits', '1'), ('intervalstyle', 'postgres'), ('jit', 'off'),
             ('plpgsql.variable_conflict', 'error'), ('quote_all_identifiers', 'off'), ('row_security', 'off'), ('session_replication_role', 'origin'),
             ('transform_null_equals', 'off'), ('xmlbinary', 'base64'), ('xmloption', 'content')) as fixed (name, wanted)