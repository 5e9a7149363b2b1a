/* The kernel module's device: all that the program asks of it goes through here. */
#ifndef DEVICE_H
#define DEVICE_H

/* Returns a descriptor, or a negative errno. */
int device_open(void);

/* An ioctl of svsm_measure.h. Returns 0 or an errno. */
int device_call(int descriptor, unsigned long request, void *argument);

#endif
