"""From a reference to decoded pixels: references, containment, fetch, decode worker, limits."""
