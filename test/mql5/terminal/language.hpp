// MQL5 without a terminal: types, strings, arrays, arithmetic. Enough for what only computes, as the codec does.
#pragma once
#include "types.hpp"
#include "constants.hpp"
#include "events.hpp"
#include "strings.hpp"
#include "arrays.hpp"
