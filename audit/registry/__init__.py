"""The vetted list: a folder of audits → what is said of each tool → a site that anybody can read."""
