"""From what was declared to what will happen: pure. Which tasks, in which order, on which servers, in which waves."""
