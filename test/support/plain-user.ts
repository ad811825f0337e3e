/**
 * Makes a plain user of whom a command runs as: not root, no rights, but a name. Works for root and, as far as the
 * system lets it, for all.
 */
export const plainUser = ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--']
