// In this order: what is closed is closed before anything else runs.
import './without-ipv6.js'
import './prelude.js'
