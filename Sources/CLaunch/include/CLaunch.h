// Runs before main; see bounded_spin.c. Nothing is called from Swift: linking the target is enough.
#ifndef ST_LAUNCH_H
#define ST_LAUNCH_H
#endif
