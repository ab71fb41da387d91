-- The output of pg_catalog and the meaning of literals depend on these; limbeck's scripts set the same.
set client_encoding = 'UTF8'\;
set standard_conforming_strings = on\;
set quote_all_identifiers = off\;
set transform_null_equals = off\;
set timezone = 'UTC'\;
set datestyle = 'ISO, MDY'\;
set intervalstyle = 'postgres'\;
set bytea_output = 'hex'\;
set extra_float_digits = 1;
