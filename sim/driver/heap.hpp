// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace vitcod {

/// Puts the heap on large pages. A run fills tens of megabytes in a second or two, and each page of
/// 4 KB of them costs the host a fault: a tenth of the time of a whole DeiT-Base, and a fifth of a
/// run of milliseconds, in which SystemC's own constructors fill 3 MB. Takes addresses alone:
/// memory is taken as it is used. Where the host gives no large pages, or the shell limits the
/// address space, all stays as it is.
void reserve_heap();

}  // namespace vitcod
