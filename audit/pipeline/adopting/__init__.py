"""Another's audit under one's own rules and answers: nothing is asked, and where it came from stays with it."""
