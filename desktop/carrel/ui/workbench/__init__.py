"""The page with the analyst's tools: each works on many documents and cites what it says."""
