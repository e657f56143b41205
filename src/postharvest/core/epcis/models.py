"""The log of EPCIS events, verbatim, and the index that finds them."""

from django.db import models


class Role(models.IntegerChoices):
    """In which field of its event an identifier stands."""

    EPC = 1
    CHILD = 2
    PARENT = 3
    INPUT = 4
    OUTPUT = 5
    EPC_CLASS = 6
    CHILD_CLASS = 7
    INPUT_CLASS = 8
    OUTPUT_CLASS = 9
    TRANSFORMATION = 10
    TRANSACTION = 11
    SOURCE = 12
    DESTINATION = 13
    CORRECTIVE_EVENT = 14
    DISPOSITION_SET = 15
    DISPOSITION_UNSET = 16


class Flow(models.IntegerChoices):
    """Whether goods go into the event under this identifier or come out of it under it."""

    NONE = 0
    IN = 1
    OUT = 2


class CaptureJob(models.Model):
    """One delivery of events and what became of it."""

    capture_id = models.UUIDField(unique=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    party = models.CharField(max_length=80)
    error_behaviour = models.CharField(max_length=10)
    success = models.BooleanField()
    received = models.PositiveIntegerField()
    stored = models.PositiveIntegerField()
    errors = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"capture {self.capture_id}"


class DocumentContext(models.Model):
    """The namespaces of a document; thousands of documents share a handful."""

    content_hash = models.CharField(max_length=32, unique=True)
    body = models.TextField()

    def __str__(self) -> str:
        return self.body


class Ticket(models.Model):
    """The next number of the log.

    Whoever writes takes his numbers here first, so that numbers commit in the order in which they
    were given and two writers can't both find an identifier free.
    """

    next_number = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.next_number)


class Event(models.Model):
    """One event as it came; rows are added, never changed.

    ``declaration`` is empty for the event itself and the content's hash for a declaration that it
    was wrong, which bears the same ``event_id``.  Times are microseconds since 1970, UTC.
    """

    number = models.BigIntegerField(primary_key=True)
    event_id = models.TextField()
    declaration = models.CharField(max_length=32, blank=True)
    content_hash = models.CharField(max_length=32)
    event_type = models.TextField()
    event_time_us = models.BigIntegerField()
    record_time_us = models.BigIntegerField()
    declared_time_us = models.BigIntegerField(null=True)
    error_reason = models.TextField(blank=True)
    action = models.CharField(max_length=7, blank=True)
    biz_step = models.TextField(blank=True)
    disposition = models.TextField(blank=True)
    read_point = models.TextField(blank=True)
    biz_location = models.TextField(blank=True)
    body = models.TextField()
    context = models.ForeignKey(
        DocumentContext, models.PROTECT, db_index=False, db_constraint=False
    )
    job = models.ForeignKey(CaptureJob, models.PROTECT, db_index=False, db_constraint=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_id", "declaration"], name="epcis_once")
        ]
        indexes = [
            models.Index(fields=["event_time_us", "number"], name="epcis_by_event_time"),
            models.Index(fields=["record_time_us", "number"], name="epcis_by_record_time"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"


class Reference(models.Model):
    """One identifier in one event; derived from the log, so it may be rebuilt."""

    event = models.ForeignKey(Event, models.CASCADE, db_index=False, db_constraint=False)
    role = models.SmallIntegerField(choices=Role)
    flow = models.SmallIntegerField(choices=Flow)
    kind = models.TextField(blank=True)
    value = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["value", "flow", "role", "event"], name="epcis_by_value"),
            models.Index(
                fields=["event", "flow", "value"],
                name="epcis_by_flow",
                condition=models.Q(flow__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.value
