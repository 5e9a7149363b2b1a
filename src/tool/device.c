/* A file of its own, because tests link another one. */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "svsm_measure.h"

int device_open(void)
{
	int descriptor = open(SVSM_MEASURE_DEVICE, O_RDWR | O_CLOEXEC);

	return descriptor < 0 ? -errno : descriptor;
}

int device_call(int descriptor, unsigned long request, void *argument)
{
	return ioctl(descriptor, request, argument) ? errno : 0;
}
