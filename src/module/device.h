/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SVSM_MEASURE_DEVICE_H
#define SVSM_MEASURE_DEVICE_H

int measure_device_register(void);
void measure_device_deregister(void);

#endif
