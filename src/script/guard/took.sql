prepare limbeck_took (timestamptz, text) as
select '     done in ' || round(extract(epoch from clock_timestamp() - $1)::numeric, 2) || $2