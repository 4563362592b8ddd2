"""Reports: a run or a table → text, CSV, JSON and pictures for people; no physics is computed here."""
