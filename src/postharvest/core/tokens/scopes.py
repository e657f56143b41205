"""What a token may be for."""

SCOPES = {
    "epcis:capture": "send EPCIS events",
    "epcis:query": "ask for EPCIS events and traces",
    "api:read": "read the branch's sales, parcels and plans",
    "api:write": "report, order, pack, scan",
    "scans:write": "send scans of parcels and nothing else",
    "metrics:read": "read /metrics",
    "webhooks:manage": "subscribe to news",
    "tables:write": "replace reference tables",
}
