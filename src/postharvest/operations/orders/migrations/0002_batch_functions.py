"""On PostgreSQL a batch of orders is opened by one function and written by another.

The rules stay in Python, in one place for both databases (docs/decisions/0005): the first
function locks and reads what they need, the second spends and inserts what they decided.
"""

from django.db import migrations

OPEN = """
CREATE FUNCTION orders_open_batch(
  doc_listings bigint[], doc_counties text[], doc_teams bigint[], doc_buyers text[],
  doc_keys text[], today date, also date[], wanted_ids integer
) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  bases bigint[]; sale_ids bigint[]; lane_ids bigint[]; branches bigint[];
  first_day date; last_day date;
  listings json; sales json; lanes json; lane_days json; hub_days json; packing_days json;
  teams json; bought json; known json; ids json;
BEGIN
  SELECT json_agg(json_build_array(l.id, l.base_id, l.sale_id, l.channel_id, c.name, c.kind,
      l.net_g, l.team_fen, l.solo_fen, l.box_crew_s)),
    array_agg(DISTINCT l.base_id), array_agg(DISTINCT l.sale_id)
  INTO listings, bases, sale_ids
  FROM campaigns_listing l JOIN campaigns_channel c ON c.id = l.channel_id
  WHERE l.id = ANY(doc_listings);

  -- What becomes scarcer is locked first: the sale; then upstream before downstream, by id.
  SELECT json_agg(json_build_array(s.id, s.base_id, s.branch_id, s.state, s.opens_at, s.closes_at,
      s.first_day, s.last_day, s.capacity_g - s.reserved_g - s.set_aside_g, s.has_shares,
      s.ship_within_days, s.cutoff_hour, s.team_size, s.team_hours, s.limit_per_buyer, s.calendar)),
    array_agg(DISTINCT s.branch_id),
    least(min(greatest(today, s.first_day)), min(d)),
    -- a superset of the days the rules may choose: each word of a calendar closes one at most
    greatest(max(greatest(today, s.first_day) + s.ship_within_days + 2
      + cardinality(string_to_array(s.calendar, ' '))), max(d))
  INTO sales, branches, first_day, last_day
  FROM (SELECT * FROM campaigns_sale WHERE base_id = ANY(bases) AND id = ANY(sale_ids)
        ORDER BY id FOR NO KEY UPDATE) s
  LEFT JOIN unnest(also) d ON true;

  SELECT json_agg(json_build_array(t.sale_id, c.code, t.lane_id, t.offered, t.why_not,
      t.earliest_days, t.latest_days)), array_agg(DISTINCT t.lane_id)
  INTO lanes, lane_ids
  FROM campaigns_salelane t JOIN network_lanemarket m ON m.lane_id = t.lane_id
  JOIN network_county c ON c.prefecture_id = m.prefecture_id
  WHERE t.sale_id = ANY(sale_ids) AND c.code = ANY(doc_counties);

  SELECT json_agg(json_build_array(base_id, id, lane_id, day, capacity_parcels - reserved_parcels))
  INTO lane_days
  FROM (SELECT * FROM network_laneday WHERE base_id = ANY(bases) AND lane_id = ANY(lane_ids)
        AND day BETWEEN first_day AND last_day ORDER BY id FOR NO KEY UPDATE) d;
  SELECT json_agg(json_build_array(base_id, id, branch_id, day,
    capacity_parcels - reserved_parcels))
  INTO hub_days
  FROM (SELECT * FROM network_hubday WHERE base_id = ANY(bases) AND branch_id = ANY(branches)
        AND day BETWEEN first_day AND last_day ORDER BY id FOR NO KEY UPDATE) d;
  SELECT json_agg(json_build_array(base_id, id, sale_id, day,
    capacity_crew_s - reserved_crew_s - set_aside_crew_s))
  INTO packing_days
  FROM (SELECT * FROM campaigns_packingday WHERE base_id = ANY(bases) AND sale_id = ANY(sale_ids)
        AND day BETWEEN first_day AND last_day ORDER BY id FOR NO KEY UPDATE) d;
  SELECT json_agg(json_build_array(base_id, id, listing_id, state, size, paid_members,
    platform_places, deadline_at))
  INTO teams
  FROM (SELECT * FROM orders_team WHERE base_id = ANY(bases) AND id = ANY(doc_teams)
        ORDER BY id FOR NO KEY UPDATE) t;

  -- A statement of its own sees what was committed while we waited for the locks.
  SELECT json_agg(json_build_array(b.sale_id, b.buyer, b.boxes)) INTO bought
  FROM (SELECT sale_id, buyer, sum(quantity) AS boxes FROM orders_order
        WHERE base_id = ANY(bases) AND sale_id = ANY(sale_ids) AND buyer = ANY(doc_buyers)
        AND state NOT IN ('cancelled', 'refunded') GROUP BY sale_id, buyer) b;
  SELECT json_agg(id) INTO known
  FROM orders_order WHERE base_id = ANY(bases) AND key = ANY(doc_keys);
  SELECT json_agg(json_build_array(nextval('orders_order_id_seq'), nextval('vault_contact_id_seq'),
    nextval('orders_payment_id_seq'))) INTO ids FROM generate_series(1, wanted_ids);

  RETURN json_strip_nulls(json_build_object('listings', listings, 'sales', sales, 'lanes', lanes,
    'lane_days', lane_days, 'hub_days', hub_days, 'packing_days', packing_days, 'teams', teams,
    'bought', bought, 'known', known, 'ids', ids));
END $$
"""

WRITE = """
CREATE FUNCTION orders_write_batch(spent json, fresh json, at timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE asked integer; borne integer;
BEGIN
  WITH s AS (SELECT (r->>0)::bigint AS base, (r->>1)::bigint AS id, (r->>2)::bigint AS n
             FROM json_array_elements(spent->'lane_days') r),
  u AS (UPDATE network_laneday t SET reserved_parcels = t.reserved_parcels + s.n FROM s
        WHERE t.base_id = s.base AND t.id = s.id
        AND t.reserved_parcels <= t.capacity_parcels - s.n RETURNING 1)
  SELECT (SELECT count(*) FROM s), (SELECT count(*) FROM u) INTO asked, borne;
  IF asked <> borne THEN
    RAISE EXCEPTION 'a lane''s day bears no more: %', spent USING ERRCODE = 'PH001';
  END IF;
  WITH s AS (SELECT (r->>0)::bigint AS base, (r->>1)::bigint AS id, (r->>2)::bigint AS n
             FROM json_array_elements(spent->'hub_days') r),
  u AS (UPDATE network_hubday t SET reserved_parcels = t.reserved_parcels + s.n FROM s
        WHERE t.base_id = s.base AND t.id = s.id
        AND t.reserved_parcels <= t.capacity_parcels - s.n RETURNING 1)
  SELECT (SELECT count(*) FROM s), (SELECT count(*) FROM u) INTO asked, borne;
  IF asked <> borne THEN
    RAISE EXCEPTION 'a post office''s day bears no more: %', spent USING ERRCODE = 'PH001';
  END IF;
  WITH s AS (SELECT (r->>0)::bigint AS base, (r->>1)::bigint AS id, (r->>2)::bigint AS n
             FROM json_array_elements(spent->'sales') r),
  u AS (UPDATE campaigns_sale t SET reserved_g = t.reserved_g + s.n FROM s
        WHERE t.base_id = s.base AND t.id = s.id
        AND t.reserved_g <= t.capacity_g - s.n RETURNING 1)
  SELECT (SELECT count(*) FROM s), (SELECT count(*) FROM u) INTO asked, borne;
  IF asked <> borne THEN
    RAISE EXCEPTION 'a sale bears no more: %', spent USING ERRCODE = 'PH001';
  END IF;
  WITH s AS (SELECT (r->>0)::bigint AS base, (r->>1)::bigint AS id, (r->>2)::bigint AS n
             FROM json_array_elements(spent->'packing_days') r),
  u AS (UPDATE campaigns_packingday t SET reserved_crew_s = t.reserved_crew_s + s.n FROM s
        WHERE t.base_id = s.base AND t.id = s.id
        AND t.reserved_crew_s <= t.capacity_crew_s - s.n RETURNING 1)
  SELECT (SELECT count(*) FROM s), (SELECT count(*) FROM u) INTO asked, borne;
  IF asked <> borne THEN
    RAISE EXCEPTION 'a packing day bears no more: %', spent USING ERRCODE = 'PH001';
  END IF;

  WITH o AS MATERIALIZED (
    SELECT * FROM json_to_recordset(fresh) AS o(
      id bigint, contact_id bigint, payment_id bigint, base_id bigint, sale_id bigint,
      listing_id bigint, lane_id bigint, team_id bigint, wants_team boolean, key text,
      body_hash text, buyer text, sealed bytea, county_code text, quantity integer,
      unit_fen integer, payment text, state text, pack_day date, arrives_earliest date,
      arrives_latest date, hold_until timestamptz, paid_at timestamptz,
      provider text, reference text)
  ), c AS (
    INSERT INTO vault_contact (id, base_id, sealed, phone_index, created_at)
    SELECT contact_id, base_id, sealed, buyer, at FROM o
  ), p AS (
    INSERT INTO orders_payment (id, base_id, order_id, provider, reference, amount_fen, state,
      captured_at)
    SELECT payment_id, base_id, id, provider, reference, unit_fen * quantity,
      CASE WHEN paid_at IS NULL THEN 'pending' ELSE 'captured' END,
      CASE WHEN paid_at IS NOT NULL THEN at END
    FROM o WHERE payment_id IS NOT NULL
  )
  INSERT INTO orders_order (id, base_id, sale_id, listing_id, lane_id, team_id, wants_team, key,
    body_hash, buyer, contact_id, county_code, quantity, boxes_packed, boxes_posted,
    boxes_delivered, unit_fen, total_fen, payment, state, pack_day, arrives_earliest,
    arrives_latest, placed_at, hold_until, paid_at)
  SELECT id, base_id, sale_id, listing_id, lane_id, team_id, wants_team, key, body_hash, buyer,
    contact_id, county_code, quantity, 0, 0, 0, unit_fen, unit_fen * quantity, payment, state,
    pack_day, arrives_earliest, arrives_latest, at, hold_until, paid_at
  FROM o;
END $$
"""


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(OPEN, None)
        schema_editor.execute(WRITE, None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS orders_open_batch")
        schema_editor.execute("DROP FUNCTION IF EXISTS orders_write_batch")


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_initial"),
        ("campaigns", "0001_initial"),
        ("network", "0001_initial"),
        ("vault", "0001_initial"),
    ]
    operations = [migrations.RunPython(create, drop)]
