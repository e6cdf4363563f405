-- The database roles of Bosetting, for whoever runs the server: once, and again after an upgrade.
-- psql -f migrations/roles.sql as a login that may create roles; the embedded database does it itself.
--
-- bosetting_owner owns the tables and migrates. bosetting_app is the application's login: it may
-- become any of the roles below, for one transaction at a time, and has no rights of its own, so that
-- a statement that nobody stands behind reads nothing. None of them owns a table or passes row security.
DO $$
DECLARE
    one text;
    acting CONSTANT text[] := ARRAY[
        'bosetting_visitor', 'bosetting_doorkeeper', 'bosetting_directorate',
        'bosetting_municipality', 'bosetting_municipality_answer', 'bosetting_travel',
        'bosetting_centre', 'bosetting_auditor', 'bosetting_administrator', 'bosetting_system',
        'bosetting_county', 'bosetting_coordinator'
    ];
    signed_in CONSTANT text[] := ARRAY[
        'bosetting_directorate', 'bosetting_municipality', 'bosetting_travel',
        'bosetting_centre', 'bosetting_auditor', 'bosetting_administrator', 'bosetting_county'
    ];
BEGIN
    FOREACH one IN ARRAY ARRAY['bosetting_owner', 'bosetting_app'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = one) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', one);
        END IF;
    END LOOP;
    FOREACH one IN ARRAY acting || 'bosetting_signed_in'::text LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = one) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', one);
        END IF;
    END LOOP;
    -- Before it is made a member: what it may inherit is decided then.
    IF (SELECT rolinherit FROM pg_roles WHERE rolname = 'bosetting_app') THEN
        ALTER ROLE bosetting_app NOINHERIT;
    END IF;
    FOREACH one IN ARRAY acting LOOP
        IF NOT pg_has_role('bosetting_app', one, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO bosetting_app', one);
        END IF;
    END LOOP;
    FOREACH one IN ARRAY ARRAY['bosetting_signed_in', 'bosetting_doorkeeper', 'bosetting_system'] LOOP
        IF NOT pg_has_role(one, 'bosetting_visitor', 'USAGE') THEN
            EXECUTE format('GRANT bosetting_visitor TO %I', one);
        END IF;
    END LOOP;
    FOREACH one IN ARRAY signed_in LOOP
        IF NOT pg_has_role(one, 'bosetting_signed_in', 'USAGE') THEN
            EXECUTE format('GRANT bosetting_signed_in TO %I', one);
        END IF;
    END LOOP;
    IF NOT pg_has_role('bosetting_coordinator', 'bosetting_county', 'USAGE') THEN
        GRANT bosetting_county TO bosetting_coordinator;
    END IF;
    IF NOT pg_has_role('bosetting_municipality_answer', 'bosetting_municipality', 'USAGE') THEN
        GRANT bosetting_municipality TO bosetting_municipality_answer;
    END IF;
END $$;
