//--- Which EA this is: told in HELLO, on the panel and in the log. Raised with every change of what it does.
#ifndef SUHO_BUILD_MQH
#define SUHO_BUILD_MQH
#define SUHO_EA_BUILD 2
#define SUHO_EA_NAME "Suho"
#endif
