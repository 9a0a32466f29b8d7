"""The types of events that are told outside; the ledger also holds others, which are ours alone."""

EVENT_TYPES = (
    "appointment.created",
    "appointment.updated",
    "appointment.confirmed",
    "appointment.declined",
    "appointment.reschedule_requested",
    "appointment.rescheduled",
    "appointment.cancelled",
    "appointment.reopened",
    "appointment.arrived",
    "appointment.completed",
    "appointment.no_show",
    "appointment.unreachable",
    "appointment.confirmation_overdue",
    "message.sent",
    "message.delivered",
    "message.undelivered",
    "message.failed",
    "message.received",
    "contact.unsubscribed",
    "contact.resubscribed",
    "reminder.missed",
    "reminder.skipped",
    "attention.opened",
    "attention.resolved",
)
MESSAGE_RECEIVED = "message.received"
TEST_TYPE = "webhook.test"
