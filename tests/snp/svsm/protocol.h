/* Between host.c and a protocol that it may offer beside core: the guest's registers, results. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include "platform.h"

#define SUCCESS 0
#define INCOMPLETE 0x80000000ULL
#define UNSUPPORTED_PROTOCOL 0x80000001ULL
#define UNSUPPORTED_CALL 0x80000002ULL

#define GUEST_RAX AT(VMSA + 0x1f8, uint64_t)
#define GUEST_RCX AT(VMSA + 0x308, uint64_t)
#define GUEST_RDX AT(VMSA + 0x310, uint64_t)

int offers(uint32_t protocol);
uint64_t other_call(uint64_t rax);

#endif
