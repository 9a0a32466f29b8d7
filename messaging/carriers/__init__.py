"""Carriers: twilio.py is the only file that knows one."""
