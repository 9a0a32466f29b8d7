"""Appointments: booking, upsert, moving, cancelling, confirming, and what is texted when."""
