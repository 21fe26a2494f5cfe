// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace flashd::soc {

class TransactionLog;

/// Makes flashd_soc_log in the model whose context is the thread's write to `log` (null: nowhere);
/// `scope` is its name there. Before the model's first cycle.
void connect_log(const char* scope, TransactionLog* log);

}  // namespace flashd::soc
