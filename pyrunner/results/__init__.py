"""From the cells of a campaign to CSV, statistics, JUnit and the report page."""
