prepare limbeck_move (text, text) as
with moved as (update %1$s set version_num = $2 where version_num = $1 and (select count(*) from %1$s) = 1 returning 1)
select count(*) <> 1 as limbeck_slow, array[$2]::text as limbeck_rows from moved