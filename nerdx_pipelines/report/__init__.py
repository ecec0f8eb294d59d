"""The HTML report and its charts, drawn from the published KPI tables."""
