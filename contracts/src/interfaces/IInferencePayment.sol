// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Batch} from "../types/Batch.sol";
import {Voucher} from "../types/Voucher.sol";
import {ITimelocked} from "./ITimelocked.sol";

/// @title Escrow and settlement of inference
/// @notice Users deposit FAR, spend it off chain task by task, and every epoch one netted batch moves what was spent to
/// operators, stakers and the treasury. Whoever has money here can leave without anybody's help: at once with a voucher, or
/// after a delay without one. Beside that, a user may put a single task on chain, paid from its wallet.
///
/// What the escrow holds is always at least: Σ `userBalances` + Σ `owed` + `rootedBalance` + `tasksBalance` + `stakersBalance`
/// + `treasuryBalance`. What it could not fund is carried in `pendingOf`, `rootedPending` and `stakersPending`, owed by the
/// treasury.
interface IInferencePayment is ITimelocked {
    // ------------------------------------------------------------------ events

    /// @notice A wallet paid in.
    /// @param wallet Whose balance grew.
    /// @param amount What was transferred; the sum of the next two.
    /// @param creditedAmount Added to the wallet's balance.
    /// @param receivablePaidAmount Went to the treasury, for an earlier debit it had covered.
    event Deposited(address indexed wallet, uint256 amount, uint256 creditedAmount, uint256 receivablePaidAmount);

    /// @notice Of a wallet's balance this much left the escrow, to that wallet; with every voucher and every exit.
    event Withdrawn(address indexed wallet, uint256 amount);

    /// @notice A voucher was paid.
    event VoucherPaid(address indexed wallet, uint256 indexed nonce, uint256 amount);

    /// @notice A wallet asked to leave.
    /// @param exitCounter How many requests the wallet has made; anything signed under a lower number is void.
    /// @param maturesAt From this second on the exit can be finished.
    /// @param lapsesAt From this second on it no longer can.
    event ExitRequested(address indexed wallet, uint64 indexed exitCounter, uint64 maturesAt, uint64 lapsesAt);

    /// @notice A wallet took its request back.
    event ExitCancelled(address indexed wallet, uint64 indexed exitCounter);

    /// @notice An exit was paid.
    event ExitFinished(address indexed wallet, uint64 indexed exitCounter, uint256 amount);

    /// @notice An epoch was settled.
    /// @param declaredAmount What the payers were to pay.
    /// @param fundedAmount What moved: below `declaredAmount` only if the treasury could not cover a shortfall.
    event BatchSettled(
        uint64 indexed epoch,
        bytes32 indexed receiptsRoot,
        uint32 taskCount,
        uint256 declaredAmount,
        uint256 fundedAmount
    );

    /// @notice A payer's debit exceeded its balance; the rest is its receivable, which its next deposit pays first.
    event DebitShortfall(uint64 indexed epoch, address indexed wallet, uint256 declaredAmount, uint256 shortfallAmount);

    /// @notice The treasury stood in for payers.
    /// @param shortfallAmount Sum of the epoch's `DebitShortfall`.
    /// @param coveredAmount How much of it the treasury had.
    event ShortfallCovered(uint64 indexed epoch, uint256 shortfallAmount, uint256 coveredAmount);

    /// @notice Part of a credit could not be funded and waits for the treasury.
    /// @param payee The operator; the escrow's own address stands for the stakers' pool, zero for those in the payees root.
    event CreditPending(uint64 indexed epoch, address indexed payee, uint256 pendingAmount);

    /// @notice A waiting credit was funded. `payee` as in `CreditPending`.
    event PendingReleased(address indexed payee, uint256 amount);

    /// @notice The treasury no longer owes a waiting credit. `payee` as in `CreditPending`.
    event PendingCancelled(address indexed payee, uint256 amount);

    /// @notice A wallet no longer owes this much of its receivable.
    event ReceivableForgiven(address indexed wallet, uint256 amount);

    /// @notice Earnings of a node that earns in went to its held balance in the registry.
    event HoldPaid(bytes32 indexed node, address indexed owner, uint64 indexed epoch, uint256 amount);

    /// @notice The registry, missing or broken, did not take held earnings; they were credited to the owner instead.
    event HoldRefused(bytes32 indexed node, address indexed owner, uint64 indexed epoch, uint256 amount);

    /// @notice An operator took what it was owed.
    event Claimed(address indexed payee, uint256 amount);

    /// @notice An epoch brought a payees root.
    /// @param rootedAmount What the epoch pays to those in the root, all together.
    /// @param claimableAt From this second on it can be claimed by, unless disputed.
    event RootPublished(uint64 indexed epoch, bytes32 indexed payeesRoot, uint256 rootedAmount, uint64 claimableAt);

    /// @notice Nobody will ever claim by this epoch's payees root.
    event RootDisputed(uint64 indexed epoch);

    /// @notice An operator took its part by proof.
    /// @param amount Paid now.
    /// @param claimedAmount All that it has taken by proof.
    event RootedClaimed(address indexed payee, uint64 indexed epoch, uint256 amount, uint256 claimedAmount);

    /// @notice A user put a task on chain.
    /// @param estimatedCost What it paid in for the task, the most it can cost.
    /// @param reclaimableAt From this second on, if the task is not completed, the user takes it back.
    event TaskCreated(bytes32 indexed taskId, address indexed user, uint256 estimatedCost, uint64 reclaimableAt);

    /// @notice A task was completed and paid; the last four amounts sum to what was paid in.
    /// @param node Who may claim the operator's part.
    /// @param performanceScore Hundredths of a point.
    event TaskCompleted(
        bytes32 indexed taskId,
        address indexed node,
        uint256 actualCost,
        uint16 performanceScore,
        uint256 operatorAmount,
        uint256 stakersAmount,
        uint256 treasuryAmount,
        uint256 refundAmount
    );

    /// @notice A user took back what a task that was not completed had cost.
    event TaskReclaimed(bytes32 indexed taskId, address indexed user, uint256 amount);

    /// @notice The treasury took a part of its balance.
    event TreasuryClaimed(address indexed treasury, uint256 amount);

    /// @notice The treasury's balance was raised from outside.
    event TreasuryFunded(address indexed from, uint256 amount);

    /// @notice The stakers' pool was paid to the staking contract.
    event StakersPaid(address indexed staking, uint256 amount);

    /// @notice The address that the stakers' pool may be paid to changed.
    event StakingChanged(address indexed staking);

    /// @notice The owner of the treasury's balance changed.
    event TreasuryChanged(address indexed treasury);

    /// @notice The address that held earnings go to changed.
    event RegistryChanged(address indexed registry);

    // ------------------------------------------------------------------ errors

    /// @notice An amount of zero does nothing.
    error AmountZero();

    /// @notice An address must be given.
    error AddressZero();

    /// @notice Nobody can claim as this address: zero, or the escrow's own.
    error PayeeInvalid(address payee);

    /// @notice A cap above 10 000 basis points, or a feed without 8 decimals.
    error ParamsInvalid();

    /// @notice Epochs follow each other without a gap, each once.
    error EpochOutOfOrder(uint64 expectedEpoch, uint64 givenEpoch);

    /// @notice More payers or payees than one batch may carry.
    error BatchTooLarge(uint256 count, uint256 maxCount);

    /// @notice The batch declares more than one epoch may.
    error EpochCapExceeded(uint256 declaredAmount, uint256 capAmount);

    /// @notice The batch declares more than is left for the day.
    error DayCapExceeded(uint256 declaredAmount, uint256 leftAmount);

    /// @notice The wallet has a request that is neither finished, cancelled nor lapsed.
    error ExitAlreadyRequested(address wallet);

    /// @notice The wallet has no request.
    error ExitNotRequested(address wallet);

    /// @notice The request matures later.
    error ExitNotMatured(address wallet, uint64 maturesAt);

    /// @notice The request was not finished in time; a new one is needed.
    error ExitLapsed(address wallet, uint64 lapsesAt);

    /// @notice The voucher's time is over.
    error VoucherExpired(uint64 expiresAt);

    /// @notice The voucher was paid before.
    error VoucherUsed(address wallet, uint256 nonce);

    /// @notice The wallet has asked to leave since the voucher was signed, or its exit is open.
    error VoucherVoid(address wallet, uint64 exitCounter);

    /// @notice Nobody with the signer role signed this.
    error VoucherSignatureInvalid();

    /// @notice The wallet has less than the voucher says.
    error BalanceTooLow(address wallet, uint256 amount, uint256 balance);

    /// @notice Nothing is owed to the caller.
    error NothingOwed(address payee);

    /// @notice The epoch has no payees root.
    error RootUnknown(uint64 epoch);

    /// @notice The root can still be disputed and so not yet be claimed by.
    error RootNotClaimable(uint64 epoch, uint64 claimableAt);

    /// @notice The root was disputed.
    error RootIsDisputed(uint64 epoch);

    /// @notice The time to dispute the root is over.
    error DisputeWindowOver(uint64 epoch, uint64 claimableAt);

    /// @notice The root does not hold this payee with this amount.
    error ProofInvalid(address payee, uint256 cumulativeAmount);

    /// @notice The task's id was used before.
    error TaskExists(bytes32 taskId);

    /// @notice No such task, or it is completed or reclaimed.
    error TaskNotOpen(bytes32 taskId);

    /// @notice The task would cost more than was paid in for it.
    error CostAboveEscrowed(uint256 actualCost, uint256 escrowedAmount);

    /// @notice A score above 10 000 hundredths.
    error ScoreOutOfRange(uint256 score);

    /// @notice Only the user of the task may take its money back.
    error NotTaskUser(bytes32 taskId, address caller);

    /// @notice The task may still be completed.
    error TaskNotTimedOut(bytes32 taskId, uint64 reclaimableAt);

    /// @notice Only the treasury's address may do this.
    error NotTreasury(address caller);

    /// @notice Only the staking address may do this.
    error NotStaking(address caller);

    /// @notice The treasury asked for more than it may take.
    error TreasuryBalanceTooLow(uint256 amount, uint256 availableAmount);

    /// @notice The feed's answer is not positive, or stamped in the future.
    error PriceInvalid(int256 answer, uint256 updatedAt);

    /// @notice The feed's answer is older than its limit.
    error PriceStale(uint256 updatedAt, uint256 maxAge);

    // ------------------------------------------------------------------ in and out

    /// @notice Pays FAR in for the caller. An open receivable of the caller is paid first.
    /// @param amount In wei of FAR; the escrow must be approved for it.
    function deposit(uint256 amount) external;

    /// @notice The same with an ERC-2612 permit instead of an approval.
    /// @dev A permit that somebody else has already submitted does not matter while the allowance suffices.
    function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Starts the caller's exit, which needs nobody's consent. Raises the exit counter.
    function requestExit() external;

    /// @notice Takes the caller's request back; also clears one that lapsed.
    function cancelExit() external;

    /// @notice Pays a wallet its whole balance once its request has matured. Anyone may call; only the wallet is paid.
    function finishExit(address wallet) external;

    /// @notice Pays a voucher: its wallet, out of its wallet's balance, once. Anyone may call.
    /// @param signature 65 bytes, EIP-712, by a holder of the signer role; the domain is ("Far InferencePayment", "1", chain,
    /// this contract).
    function withdraw(Voucher calldata voucher, bytes calldata signature) external;

    // ------------------------------------------------------------------ settlement

    /// @notice Settles one epoch. Callable by the oracle, unless paused.
    /// @dev What it declares, funded or not, counts against the caps. Within them it never reverts because of one payer: a debit beyond a balance is clamped, the treasury covers the difference, and if
    /// it cannot, every credit is cut to the funded share and the rest is carried as pending. Nor because of a hold: what
    /// the registry does not take is the owner's to claim.
    function settleBatch(Batch calldata batch) external;

    /// @notice Pays the caller what a payees root says it was credited, less what it has taken by earlier roots.
    /// @param settledEpoch Its root must be past its dispute window and not disputed. Any such root serves: roots are cumulative.
    /// @param cumulativeAmount All that the caller was ever credited by roots up to this one.
    /// @param proof Siblings from the leaf `keccak256(bytes.concat(keccak256(abi.encode(payee, cumulativeAmount))))` up; pairs are
    /// sorted.
    /// @return amount In wei of FAR; less than asked for while part of the roots is not funded.
    function claimRooted(uint64 settledEpoch, uint256 cumulativeAmount, bytes32[] calldata proof)
        external
        returns (uint256 amount);

    /// @notice Keeps a payees root from ever being claimed by. Callable by the pauser within the dispute window; the next
    /// root, corrected, covers what this one paid.
    function disputeRoot(uint64 settledEpoch) external;

    /// @notice Pays the caller all it is owed.
    /// @return amount In wei of FAR.
    function claim() external returns (uint256 amount);

    /// @notice Funds an operator's waiting credit from the treasury's balance, as far as that goes. Anyone may call.
    /// @return amount In wei of FAR; zero if the treasury's balance is empty.
    function releasePending(address payee) external returns (uint256 amount);

    /// @notice The same for the stakers' pool.
    function releaseStakersPending() external returns (uint256 amount);

    /// @notice The same for those in the payees roots.
    function releaseRootedPending() external returns (uint256 amount);

    // ------------------------------------------------------------------ single tasks

    /// @notice Puts a task on chain and pays for it from the caller's wallet; `userBalances` is not touched.
    /// @param taskId Chosen by the caller, at random; used once.
    /// @param estimatedCost The most the task may cost, in wei of FAR; the escrow must be approved for it.
    function createTask(bytes32 taskId, uint256 estimatedCost) external;

    /// @notice The same with an ERC-2612 permit instead of an approval.
    function createTaskWithPermit(
        bytes32 taskId,
        uint256 estimatedCost,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Splits what a task cost and refunds the rest to its user's wallet. Callable by the oracle, unless paused.
    /// @param node Who may claim the operator's part.
    /// @param actualCost In wei of FAR, at most what was paid in.
    /// @param performanceScore The operator's score in hundredths of a point, 0 to 10 000.
    function completeTask(bytes32 taskId, address node, uint256 actualCost, uint16 performanceScore) external;

    /// @notice Pays the caller back what its task had cost, once it timed out.
    function reclaimTask(bytes32 taskId) external;

    // ------------------------------------------------------------------ treasury and stakers

    /// @notice Raises the treasury's balance from the caller's wallet.
    function fundTreasury(uint256 amount) external;

    /// @notice Pays the treasury a part of its balance; what waits in pending credits cannot be taken.
    function claimTreasury(uint256 amount) external;

    /// @notice Pays the whole stakers' pool to the staking address. Callable by that address, which books what it receives.
    /// @return amount In wei of FAR.
    function payStakers() external returns (uint256 amount);

    // ------------------------------------------------------------------ administration

    /// @notice Sets where the stakers' pool may go. Callable by the timelock.
    function setStaking(address newStaking) external;

    /// @notice Sets who owns the treasury's balance. Callable by the timelock.
    function setTreasury(address newTreasury) external;

    /// @notice Sets where held earnings go. Callable by the timelock.
    function setRegistry(address newRegistry) external;

    /// @notice Takes back a waiting credit that should never have been written, as far as it still waits: at most `amount`.
    /// Callable by the timelock.
    /// @param payee The operator; the escrow's own address stands for the stakers' pool, zero for those in the payees roots.
    /// @return cancelledAmount In wei of FAR.
    function cancelPending(address payee, uint256 amount) external returns (uint256 cancelledAmount);

    /// @notice Lets a wallet off what it owes, as far as it still does: at most `amount`. Callable by the timelock.
    /// @return forgivenAmount In wei of FAR.
    function forgiveReceivable(address wallet, uint256 amount) external returns (uint256 forgivenAmount);

    /// @notice Stops what the oracle moves, `settleBatch` and `completeTask`, and nothing else. Callable by the pauser.
    function pause() external;

    /// @notice Lets the oracle go on. Callable by the admin.
    function unpause() external;

    // ------------------------------------------------------------------ views

    /// @notice What a wallet has here, in wei of FAR, before what it spent since the last epoch.
    function userBalances(address wallet) external view returns (uint256);

    /// @notice What a wallet's next deposit pays to the treasury first.
    function receivableOf(address wallet) external view returns (uint256);

    /// @notice What an operator may claim.
    function owed(address payee) external view returns (uint256);

    /// @notice What an operator earned and the treasury still has to fund.
    function pendingOf(address payee) external view returns (uint256);

    /// @notice A wallet's exit.
    /// @return exitCounter Requests made so far.
    /// @return maturesAt Zero without a request.
    /// @return lapsesAt Zero without a request.
    function exitOf(address wallet) external view returns (uint64 exitCounter, uint64 maturesAt, uint64 lapsesAt);

    /// @notice Whether a wallet's voucher with this nonce was paid.
    function voucherUsed(address wallet, uint256 nonce) external view returns (bool);

    /// @notice What an operator has taken by proof, in wei of FAR.
    function claimedRooted(address payee) external view returns (uint256);

    /// @notice An epoch's payees root.
    /// @return payeesRoot Zero if it has none.
    /// @return claimableAt From this second on it can be claimed by.
    /// @return disputed Whether it never can.
    function payeesRootOf(uint64 settledEpoch)
        external
        view
        returns (bytes32 payeesRoot, uint64 claimableAt, bool disputed);

    /// @notice A task on chain.
    /// @return user Who created it; zero if nobody did.
    /// @return escrowedAmount What is paid in for it; zero once it is completed or reclaimed.
    /// @return reclaimableAt From this second on its user can take that back.
    function taskOf(bytes32 taskId) external view returns (address user, uint256 escrowedAmount, uint64 reclaimableAt);

    /// @notice The last settled epoch; zero before the first.
    function epoch() external view returns (uint64);

    /// @notice Merkle root of an epoch's receipts.
    function receiptsRootOf(uint64 settledEpoch) external view returns (bytes32);

    /// @notice The sum of the escrow's obligations: users, operators, tasks, stakers and treasury.
    function liabilities() external view returns (uint256);

    /// @notice What the oracle could move at all: users' balances and the treasury's.
    function movableBalance() external view returns (uint256);

    /// @notice What the next epoch may declare now: the smaller of the epoch's cap and what is left for the day.
    function settleableAmount() external view returns (uint256);

    /// @notice USD per FAR with 8 decimals, no older than the limit.
    /// @return answer The price.
    /// @return updatedAt When it was published, in seconds since 1970.
    function getLatestPrice() external view returns (uint256 answer, uint256 updatedAt);
}
