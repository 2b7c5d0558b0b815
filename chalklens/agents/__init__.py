"""The assistant: Planner, Manager, Knowledge, Responder and Reviewer, and the crew that runs them."""
