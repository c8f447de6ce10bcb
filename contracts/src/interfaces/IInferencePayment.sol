// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Batch} from "../types/Batch.sol";

/// @title Escrow and settlement of inference
/// @notice Users deposit FAR, spend it off chain task by task, and every epoch one netted batch moves what was spent to
/// operators, stakers and the treasury. Whoever has money here can leave without anybody's help.
///
/// What the escrow holds is always at least: Σ `userBalances` + Σ `owed` + `stakersBalance` + `treasuryBalance`.
/// What it could not fund is carried in `pendingOf` and `stakersPending`, owed by the treasury.
interface IInferencePayment {
    // ------------------------------------------------------------------ events

    /// @notice A wallet paid in.
    /// @param wallet Whose balance grew.
    /// @param amount What was transferred; the sum of the next two.
    /// @param creditedAmount Added to the wallet's balance.
    /// @param receivablePaidAmount Went to the treasury, for an earlier debit it had covered.
    event Deposited(address indexed wallet, uint256 amount, uint256 creditedAmount, uint256 receivablePaidAmount);

    /// @notice A wallet's balance left the escrow, to that wallet.
    event Withdrawn(address indexed wallet, uint256 amount);

    /// @notice A wallet asked to leave.
    /// @param exitCounter How many requests the wallet has made; anything signed under a lower number is void.
    /// @param maturesAt From this second on the exit can be finished.
    /// @param lapsesAt From this second on it no longer can.
    event ExitRequested(address indexed wallet, uint64 indexed exitCounter, uint64 maturesAt, uint64 lapsesAt);

    /// @notice A wallet took its request back.
    event ExitCancelled(address indexed wallet, uint64 indexed exitCounter);

    /// @notice An exit was paid; `Withdrawn` in the same transaction tells how much.
    event ExitFinished(address indexed wallet, uint64 indexed exitCounter);

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
    /// @param payee The operator; the escrow's own address stands for the stakers' pool.
    event CreditPending(uint64 indexed epoch, address indexed payee, uint256 pendingAmount);

    /// @notice A waiting credit was funded. The escrow's own address stands for the stakers' pool.
    event PendingReleased(address indexed payee, uint256 amount);

    /// @notice An operator took what it was owed.
    event Claimed(address indexed payee, uint256 amount);

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

    // ------------------------------------------------------------------ errors

    /// @notice An amount of zero does nothing.
    error AmountZero();

    /// @notice An address must be given.
    error AddressZero();

    /// @notice A cap above 10 000 basis points, or a feed without 8 decimals.
    error ParamsInvalid();

    /// @notice Epochs follow each other without a gap, each once.
    error EpochOutOfOrder(uint64 expectedEpoch, uint64 givenEpoch);

    /// @notice More payers or payees than one batch may carry.
    error BatchTooLarge(uint256 count, uint256 maxCount);

    /// @notice The batch would move more than one epoch may.
    error EpochCapExceeded(uint256 movedAmount, uint256 capAmount);

    /// @notice The batch would move more than is left for the day.
    error DayCapExceeded(uint256 movedAmount, uint256 leftAmount);

    /// @notice The wallet has a request that is neither finished, cancelled nor lapsed.
    error ExitAlreadyRequested(address wallet);

    /// @notice The wallet has no request.
    error ExitNotRequested(address wallet);

    /// @notice The request matures later.
    error ExitNotMatured(address wallet, uint64 maturesAt);

    /// @notice The request was not finished in time; a new one is needed.
    error ExitLapsed(address wallet, uint64 lapsesAt);

    /// @notice Nothing is owed to the caller.
    error NothingOwed(address payee);

    /// @notice Only the treasury's address may do this.
    error NotTreasury(address caller);

    /// @notice Only the staking address or the admin may do this.
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

    // ------------------------------------------------------------------ settlement

    /// @notice Settles one epoch. Callable by the oracle, unless paused.
    /// @dev Never reverts because of one payer: a debit beyond a balance is clamped, the treasury covers the difference, and if
    /// it cannot, every credit is cut to the funded share and the rest is carried as pending.
    function settleBatch(Batch calldata batch) external;

    /// @notice Pays the caller all it is owed.
    /// @return amount In wei of FAR.
    function claim() external returns (uint256 amount);

    /// @notice Funds an operator's waiting credit from the treasury's balance, as far as that goes. Anyone may call.
    /// @return amount In wei of FAR; zero if the treasury's balance is empty.
    function releasePending(address payee) external returns (uint256 amount);

    /// @notice The same for the stakers' pool.
    function releaseStakersPending() external returns (uint256 amount);

    // ------------------------------------------------------------------ treasury and stakers

    /// @notice Raises the treasury's balance from the caller's wallet.
    function fundTreasury(uint256 amount) external;

    /// @notice Pays the treasury a part of its balance; what waits in pending credits cannot be taken.
    function claimTreasury(uint256 amount) external;

    /// @notice Pays the whole stakers' pool to the staking address. Callable by that address or the admin.
    /// @return amount In wei of FAR.
    function payStakers() external returns (uint256 amount);

    // ------------------------------------------------------------------ administration

    /// @notice Sets where the stakers' pool may go.
    function setStaking(address newStaking) external;

    /// @notice Sets who owns the treasury's balance.
    function setTreasury(address newTreasury) external;

    /// @notice Stops `settleBatch` and nothing else. Callable by the pauser.
    function pause() external;

    /// @notice Lets `settleBatch` go on. Callable by the admin.
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

    /// @notice The last settled epoch; zero before the first.
    function epoch() external view returns (uint64);

    /// @notice Merkle root of an epoch's receipts.
    function receiptsRootOf(uint64 settledEpoch) external view returns (bytes32);

    /// @notice The sum of the escrow's obligations: users, operators, stakers and treasury.
    function liabilities() external view returns (uint256);

    /// @notice What the oracle could move at all: users' balances and the treasury's.
    function movableBalance() external view returns (uint256);

    /// @notice What the next epoch may move now: the smaller of the epoch's cap and what is left for the day.
    function settleableAmount() external view returns (uint256);

    /// @notice USD per FAR with 8 decimals, no older than the limit.
    /// @return answer The price.
    /// @return updatedAt When it was published, in seconds since 1970.
    function getLatestPrice() external view returns (uint256 answer, uint256 updatedAt);
}
