"""Pictures of the report: inline SVG, drawn by matplotlib, coloured by the page."""
