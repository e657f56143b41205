-- Distribute the hot tables by base on Citus.  Ready, NOT RUN by us: no Citus was at hand.
-- Run once, as the owner, on the coordinator of an empty, migrated database (Citus 12 or newer).
--   psql "$POSTHARVEST_DATABASE_URL" -f benchmarks/cluster/citus.sql
\set ON_ERROR_STOP on
CREATE EXTENSION IF NOT EXISTS citus;

-- 1. Tables that every node holds whole: read by each order, written by few people.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY[
    'network_province', 'network_prefecture', 'network_county', 'network_base', 'network_branch',
    'network_lane', 'network_lanemarket', 'harvest_produce', 'harvest_surplus',
    'campaigns_channel', 'campaigns_listing', 'campaigns_salelane', 'campaigns_priceshown',
    'auth_user', 'django_content_type'
  ] LOOP PERFORM create_reference_table(t); END LOOP;
END $$;

-- 2. A primary key of a distributed table holds the column it is distributed by.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY[
    'campaigns_sale', 'campaigns_packingday', 'campaigns_channelshare', 'campaigns_channelday',
    'network_laneday', 'network_hubday', 'vault_contact', 'orders_team', 'orders_order',
    'orders_payment', 'orders_refund', 'orders_claim', 'outbox_event', 'outbox_delivery',
    'audit_auditentry', 'parcels_parcel', 'parcels_scan', 'settlement_entry', 'settlement_line'
  ] LOOP
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I CASCADE', t, t || '_pkey');
    EXECUTE format('ALTER TABLE %I ALTER COLUMN base_id SET NOT NULL', t);
    EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (base_id, id)', t);
  END LOOP;
END $$;
-- Unique keys that leave the base out become unique within it.  Each value holds an order's id or a
-- key that holds the base, so nothing is lost but the database's word for it across bases.
ALTER TABLE orders_payment DROP CONSTRAINT IF EXISTS orders_payment_reference_key;
CREATE UNIQUE INDEX orders_payment_reference_in_base ON orders_payment (base_id, reference);
ALTER TABLE settlement_entry DROP CONSTRAINT IF EXISTS settlement_entry_key_key;
CREATE UNIQUE INDEX settlement_entry_key_in_base ON settlement_entry (base_id, key);
ALTER TABLE outbox_delivery DROP CONSTRAINT IF EXISTS delivery_once_per_reaction;
CREATE UNIQUE INDEX delivery_once_in_base ON outbox_delivery (base_id, event_id, reaction);

-- 3. One shard key, one place: all rows of a base live on one node.
SELECT create_distributed_table('campaigns_sale', 'base_id', shard_count => 128);
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY[
    'campaigns_packingday', 'campaigns_channelshare', 'campaigns_channelday', 'network_laneday',
    'network_hubday', 'vault_contact', 'orders_team', 'orders_order', 'orders_payment',
    'orders_refund', 'orders_claim', 'outbox_event', 'outbox_delivery', 'audit_auditentry',
    'parcels_parcel', 'parcels_scan', 'settlement_entry', 'settlement_line'
  ] LOOP PERFORM create_distributed_table(t, 'base_id', colocate_with => 'campaigns_sale');
  END LOOP;
END $$;

-- 4. The spending of a batch as a function that runs on the node of its base.
CREATE OR REPLACE FUNCTION spend_on_shelf(base bigint, sale bigint, grams bigint,
    packing_day bigint, crew_s bigint, lane_day bigint, hub_day bigint, parcels bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE campaigns_sale SET reserved_g = reserved_g + grams WHERE base_id = base AND id = sale
    AND reserved_g <= capacity_g - set_aside_g - grams;
  IF NOT FOUND THEN RAISE EXCEPTION 'capacity gone: sale %', sale; END IF;
  UPDATE network_laneday SET reserved_parcels = reserved_parcels + parcels WHERE base_id = base
    AND id = lane_day AND reserved_parcels <= capacity_parcels - parcels;
  IF NOT FOUND THEN RAISE EXCEPTION 'capacity gone: lane day %', lane_day; END IF;
  UPDATE network_hubday SET reserved_parcels = reserved_parcels + parcels WHERE base_id = base
    AND id = hub_day AND reserved_parcels <= capacity_parcels - parcels;
  IF NOT FOUND THEN RAISE EXCEPTION 'capacity gone: hub day %', hub_day; END IF;
  UPDATE campaigns_packingday SET reserved_crew_s = reserved_crew_s + crew_s WHERE base_id = base
    AND id = packing_day AND reserved_crew_s <= capacity_crew_s - set_aside_crew_s - crew_s;
  IF NOT FOUND THEN RAISE EXCEPTION 'capacity gone: packing day %', packing_day; END IF;
END $$;
SELECT create_distributed_function(
  'spend_on_shelf(bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint)',
  distribution_arg_name := 'base', colocate_with := 'campaigns_sale', force_delegation := true);
