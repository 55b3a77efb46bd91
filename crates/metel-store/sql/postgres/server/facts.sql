-- SQLite has no server. Version, connections allowed and used, and what this role may do here.
SELECT current_setting('server_version_num')::bigint, current_setting('max_connections')::bigint,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::bigint,
       has_schema_privilege(current_schema(), 'CREATE'), current_user::text, current_database()::text
