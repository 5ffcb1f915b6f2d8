"""Coming over from the old shell system: its directory of JSON files becomes a configuration and a report."""
