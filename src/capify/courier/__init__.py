"""The courier: one persistent shell on a server, through which blocks go. Pure protocol; nothing here performs I/O."""
