"""What the databases do by themselves with the rows of an order: the ceiling of intake."""

import re
import sqlite3
import subprocess
import textwrap
import time

ORDER = (
    "base_id, sale_id, listing_id, lane_id, wants_team, key, body_hash, buyer, contact_id,"
    " county_code, quantity, boxes_packed, boxes_posted, boxes_delivered, unit_fen, total_fen,"
    " payment, state, pack_day, arrives_earliest, arrives_latest, placed_at, paid_at"
)
PGBENCH = textwrap.dedent(
    """
    BEGIN;
    UPDATE campaigns_sale SET reserved_g = reserved_g + 3000 * {n}
      WHERE id = {sale} AND reserved_g <= capacity_g - 3000 * {n};
    UPDATE network_laneday SET reserved_parcels = reserved_parcels + {n}
      WHERE id = {lane_day} AND reserved_parcels <= capacity_parcels - {n};
    UPDATE network_hubday SET reserved_parcels = reserved_parcels + {n}
      WHERE id = {hub_day} AND reserved_parcels <= capacity_parcels - {n};
    UPDATE campaigns_packingday SET reserved_crew_s = reserved_crew_s + 900 * {n}
      WHERE id = {packing_day} AND reserved_crew_s <= capacity_crew_s - 900 * {n};
    WITH c AS (
      INSERT INTO vault_contact (base_id, sealed, phone_index, created_at)
      SELECT base_id, sealed, md5(random()::text), now() FROM vault_contact, generate_series(1, {n})
      WHERE id = {contact} RETURNING id, phone_index
    ), o AS (
      INSERT INTO orders_order ({order})
      SELECT t.base_id, t.sale_id, t.listing_id, t.lane_id, false, 'raw-' || gen_random_uuid(),
        t.body_hash, c.phone_index, c.id, t.county_code, 1, 0, 0, 0, t.unit_fen, t.unit_fen,
        t.payment, t.state, t.pack_day, t.arrives_earliest, t.arrives_latest, now(), now()
      FROM c, orders_order t WHERE t.id = {sample} RETURNING id, base_id, total_fen
    ), p AS (
      INSERT INTO orders_payment (base_id, order_id, provider, reference, amount_fen, state,
        captured_at)
      SELECT base_id, id, 'sandbox', 'sandbox-raw-' || id, total_fen, 'captured', now() FROM o
      RETURNING id
    ), e AS (
      INSERT INTO outbox_event (kind, base_id, body, occurred_at)
      SELECT 'orders.raw', {base}, json_build_object('base_id', {base}, 'ids', json_agg(id)), now()
      FROM p RETURNING id
    )
    INSERT INTO outbox_delivery (event_id, base_id, reaction, due_at, attempts, last_error, done_at)
    SELECT id, {base}, 'raw', now(), 1, '', now() FROM e;
    COMMIT;
    """
)


def pgbench(database, connection, *, batch, seconds, clients=8, sales=None):
    """Orders a second that `pgbench` writes, so many a transaction."""
    facts = _facts(connection)
    if sales:
        facts["sale"] = ":sale"
    script = PGBENCH.format(n=batch, order=ORDER, **facts)
    if sales:
        script = f"\\set sale random({min(sales)}, {max(sales)})\n" + script
    path = f"{database.folder}/raw-{batch}.sql"
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(_one_line(script)))
    done = subprocess.run(
        [database.programs / "pgbench", "-n", "-f", path, "-c", str(clients), "-j", "1", "-T",
         str(seconds), "-h", "127.0.0.1", "-p", str(database.port), "-U", "post", "postgres"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(re.search(r"tps = ([\d.]+)", done.stdout)[1]) * batch


def _one_line(script):
    """`pgbench` ends a statement at its semicolon; a meta-command at its line."""
    return [line for line in script.splitlines() if line.strip()]


def _facts(connection):
    row = connection.execute(
        "SELECT o.id, o.base_id, o.sale_id, o.contact_id, l.id, h.id, p.id FROM orders_order o"
        " JOIN campaigns_sale s ON s.id = o.sale_id"
        " JOIN network_laneday l ON l.lane_id = o.lane_id AND l.day = o.pack_day"
        " JOIN network_hubday h ON h.branch_id = s.branch_id AND h.day = o.pack_day"
        " JOIN campaigns_packingday p ON p.sale_id = o.sale_id AND p.day = o.pack_day LIMIT 1"
    ).fetchone()
    names = ("sample", "base", "sale", "contact", "lane_day", "hub_day", "packing_day")
    return dict(zip(names, row, strict=True))


def sqlite_limit(path, *, batch, seconds):
    """Orders a second that SQLite alone writes into the same tables, indexes and checks."""
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        database.execute(f"PRAGMA {pragma}")
    tables = {t: _sample(database, t) for t in ("vault_contact", "orders_order", "orders_payment")}
    facts = _facts(database)
    next_id = {t: database.execute(f"SELECT MAX(id) FROM {t}").fetchone()[0] + 1 for t in tables}
    done, started = 0, time.perf_counter()
    while time.perf_counter() < started + seconds:
        database.execute("BEGIN IMMEDIATE")
        for statement, row in _SPEND.items():
            database.execute(statement, [batch, facts[row], batch])
        first = dict(next_id)
        for table, (statement, row, column) in tables.items():
            database.executemany(
                statement, [_row(table, row, column, first, k) for k in range(batch)]
            )
            next_id[table] += batch
        database.execute(
            "INSERT INTO outbox_event (kind, base_id, body, occurred_at)"
            " VALUES ('orders.raw', ?, '{}', '2026-11-02')", [facts["base"]],
        )  # fmt: skip
        database.execute("COMMIT")
        done += batch
    rate = done / (time.perf_counter() - started)
    database.close()
    return rate


_SPEND = {
    "UPDATE campaigns_sale SET reserved_g = reserved_g + 3000 * ? WHERE id = ?"
    " AND reserved_g <= capacity_g - 3000 * ?": "sale",
    "UPDATE network_laneday SET reserved_parcels = reserved_parcels + ? WHERE id = ?"
    " AND reserved_parcels <= capacity_parcels - ?": "lane_day",
    "UPDATE network_hubday SET reserved_parcels = reserved_parcels + ? WHERE id = ?"
    " AND reserved_parcels <= capacity_parcels - ?": "hub_day",
    "UPDATE campaigns_packingday SET reserved_crew_s = reserved_crew_s + 900 * ? WHERE id = ?"
    " AND reserved_crew_s <= capacity_crew_s - 900 * ?": "packing_day",
}


def _sample(database, table):
    cursor = database.execute(f"SELECT * FROM {table} LIMIT 1")
    names = [one[0] for one in cursor.description]
    statement = f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})"
    return statement, list(cursor.fetchone()), {name: i for i, name in enumerate(names)}


def _row(table, sample, column, first, k):
    row = list(sample)
    row[column["id"]] = first[table] + k
    number = first["orders_order"] + k
    if table == "orders_order":
        row[column["key"]] = f"raw-key-{number:020d}"
        row[column["buyer"]] = f"{number * 2654435761 % 2**64:032x}"
        row[column["contact_id"]] = first["vault_contact"] + k
    elif table == "orders_payment":
        row[column["order_id"]] = number
        row[column["reference"]] = f"sandbox-raw-{number}"
    else:
        row[column["phone_index"]] = f"{number * 2654435761 % 2**64:032x}"
    return row
