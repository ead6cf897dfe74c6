"""What a project declares: settings, servers, stages, tasks, hooks; and how it is read. Nothing here acts."""
